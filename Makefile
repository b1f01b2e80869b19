# Two commands are enough: `make run` opens the office, `make test` proves it. `make check` is what every change must pass.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test check format bench pins clean

run: .venv/run.done
	@$(BIN)/python -m bot run

test: .venv/dev.done
	@$(BIN)/python -m pytest

check: .venv/dev.done
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest

format: .venv/dev.done
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: .venv/dev.done
	@$(BIN)/python -m bench

# What running needs; what only tests need is not installed here.
.venv/run.done: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "需要 Python 3.11 或更新版本：make PYTHON=python3.12 run" >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { rm -rf .venv; echo "无法建立 .venv：请安装 Python 的 venv 组件（Debian：apt install python3-venv）" >&2; exit 2; }
	@echo "正在安装运行所需的组件（只在第一次或版本变化时）……"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev.done: .venv/run.done requirements-dev.txt
	@echo "正在安装测试所需的组件……"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

# Renew the pins (needs uv). No registry address is written into either file.
PIN := uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --python-version 3.11 pyproject.toml
pins:
	@$(PIN) --extra dev --upgrade --output-file requirements-dev.txt
	@$(PIN) --upgrade --constraint requirements-dev.txt --output-file requirements.txt

clean:
	@rm -rf .venv build dist *.egg-info
